// A steady cache: two goroutines replace entries of a map at random, forever at the same size.
package main

import (
	"math/rand"
	"sync"
)

type entry struct {
	key   int
	value []byte
	next  *entry
}

const (
	entries  = 80000
	replaced = 4000000 // by each goroutine
)

func main() {
	defer report()
	var shards [2]map[int]*entry
	var wait sync.WaitGroup
	for s := range shards {
		wait.Add(1)
		go func() {
			defer wait.Done()
			random := rand.New(rand.NewSource(int64(s)))
			shard := make(map[int]*entry)
			shards[s] = shard
			for i := range replaced {
				key := i
				if i >= entries {
					key = random.Intn(entries)
				}
				shard[key] = &entry{key: key, value: make([]byte, 64+random.Intn(512)), next: nil}
				if i%8 == 0 {
					shard[key].next = &entry{key: -key}
				}
			}
		}()
	}
	wait.Wait()
}
