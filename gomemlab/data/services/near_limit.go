// Requests come at a fixed rate beside a standing table: a service sized for its container, for a fixed time.
package main

import (
	"math/rand"
	"sync"
	"time"
)

type session struct {
	user  string
	items []*item
}

type item struct {
	name  string
	bytes []byte
}

func open(random *rand.Rand) *session {
	s := &session{user: string(make([]byte, 24))}
	for range 10 + random.Intn(20) {
		s.items = append(s.items, &item{name: string(make([]byte, 20)), bytes: make([]byte, 64+random.Intn(200))})
	}
	return s
}

func main() {
	defer report()
	const sessions, workers = 6000, 4
	deadline := time.Now().Add(3 * time.Second)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			random := rand.New(rand.NewSource(int64(w)))
			table := make([]*session, sessions/workers)
			start := time.Now()
			for n := 0; time.Now().Before(deadline); n++ {
				if n >= len(table) { // opened as fast as it goes, then 15000 a second
					due := start.Add(time.Duration(n) * time.Second / 15000)
					if wait := time.Until(due); wait > 0 {
						time.Sleep(wait)
					}
				}
				at := random.Intn(len(table))
				if old := table[at]; old != nil {
					served.Add(int64(len(old.items)))
				}
				table[at] = open(random)
			}
		}()
	}
	wait.Wait()
}
