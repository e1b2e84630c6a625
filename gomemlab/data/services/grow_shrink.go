// A table that fills up by day and empties by night: it grows twelvefold and shrinks again, ten times over.
package main

import "math/rand"

type record struct {
	name  string
	tags  []string
	links [3]*record
}

func fill(random *rand.Rand, all []*record) *record {
	r := &record{name: string(make([]byte, 30+random.Intn(60))), tags: make([]string, 4)}
	for i := range r.tags {
		r.tags[i] = string(make([]byte, 16))
	}
	for i := range r.links {
		if len(all) > 0 {
			r.links[i] = all[random.Intn(len(all))]
		}
	}
	return r
}

func main() {
	defer report()
	random := rand.New(rand.NewSource(2))
	var scratch []byte
	for range 10 {
		all := make([]*record, 0, 1024)
		for len(all) < 200000 {
			all = append(all, fill(random, all[max(0, len(all)-1000):]))
			scratch = make([]byte, 300)
		}
		for len(all) > 16000 {
			for i := range 100 {
				all[random.Intn(len(all))] = fill(random, nil)
				scratch = make([]byte, 200+i)
			}
			for i := range all[len(all)-200:] {
				all[len(all)-200+i] = nil
			}
			all = all[:len(all)-200]
			if cap(all) > 3*len(all) {
				all = append(make([]*record, 0, len(all)), all...)
			}
		}
	}
	_ = scratch
}
