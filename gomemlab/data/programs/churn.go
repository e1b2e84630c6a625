// Short lives and long ones: trees, text, buffers of all sizes, goroutines; most of it is garbage soon, and collected.
package main

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

type node struct {
	left, right *node
	name        string
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{name: strconv.Itoa(depth)}
	}
	return &node{grow(depth - 1), grow(depth - 1), strings.Repeat("x", depth)}
}

func main() {
	var kept [64]*node
	var buffers [16][]byte
	seed := uint32(11)
	next := func(n uint32) uint32 {
		seed = seed*1664525 + 1013904223
		return (seed >> 8) % n
	}
	var group sync.WaitGroup
	for round := range 400 {
		kept[next(64)] = grow(int(next(6)))
		buffers[next(16)] = make([]byte, 1<<(4+next(14)))
		if round%40 == 0 {
			group.Add(1)
			go func() {
				defer group.Done()
				kept[round%64] = grow(7)
			}()
			runtime.Gosched()
		}
		if round == 250 {
			group.Wait()
			runtime.GC()
		}
	}
	group.Wait()
	fmt.Println(kept[0] != nil, len(buffers[0]))
}
