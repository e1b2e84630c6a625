// The known trap: a weak cache with cleanups. How much survives, and how much is made anew, depends on how often the GC runs.
package main

import (
	"math/rand"
	"runtime"
	"sync"
	"weak"
)

type page struct {
	number int
	data   []byte
	links  []*int
}

var (
	kept  = 4000
	lock  sync.Mutex
	cache = map[int]weak.Pointer[page]{}
)

func render(number int) *page {
	p := &page{number: number, data: make([]byte, 4000), links: make([]*int, 20)}
	for i := range p.links {
		p.links[i] = new(int)
	}
	runtime.AddCleanup(p, func(number int) {
		lock.Lock()
		defer lock.Unlock()
		if cache[number].Value() == nil {
			delete(cache, number)
		}
	}, number)
	return p
}

func get(number int) *page {
	lock.Lock()
	defer lock.Unlock()
	if p := cache[number].Value(); p != nil {
		return p
	}
	p := render(number)
	cache[number] = weak.Make(p)
	return p
}

func main() {
	defer report()
	random := rand.New(rand.NewSource(5))
	skewed := rand.NewZipf(random, 1.05, 40, 60000)
	hot := make([]*page, kept)
	for n := range 900000 {
		p := get(int(skewed.Uint64()))
		if n%50 == 0 {
			hot[n/50%len(hot)] = p
		}
		served.Add(1)
	}
}
