// An ordinary program: no op log, but maps, strings, sorting, goroutines and their stacks.
package main

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

func depth(n int) int {
	var frame [64]byte
	if n == 0 {
		return int(frame[0])
	}
	return depth(n-1) + 1
}

func count(words []string) map[string]int {
	counts := map[string]int{}
	for _, word := range words {
		counts[strings.ToUpper(word)]++
	}
	return counts
}

func main() {
	words := make([]string, 0, 100)
	seed := uint32(7)
	for range 12_000 {
		seed = seed*1664525 + 1013904223
		words = append(words, fmt.Sprintf("word %d", seed>>20))
	}
	var lock sync.Mutex
	var group sync.WaitGroup
	total := map[string]int{}
	for i := range 12 {
		group.Add(1)
		go func() {
			defer group.Done()
			depth(50 << (i % 6))
			part := count(words[i*1000 : (i+1)*1000])
			lock.Lock()
			defer lock.Unlock()
			for word, n := range part {
				total[word] += n
			}
		}()
	}
	group.Wait()
	keys := make([]string, 0, len(total))
	for word := range total {
		keys = append(keys, word)
	}
	sort.Slice(keys, func(i, j int) bool { return total[keys[i]] > total[keys[j]] })
	fmt.Println(len(keys), "words, most often", keys[0])
}
