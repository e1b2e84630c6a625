// Handlers that recurse to different depths, come and go, and wait while collections halve their stacks.
package main

import (
	"runtime"
	"sync"
)

type node struct {
	left, right *node
	key         int
}

func insert(n *node, key int) *node {
	if n == nil {
		return &node{key: key}
	}
	if key < n.key {
		n.left = insert(n.left, key)
	} else {
		n.right = insert(n.right, key)
	}
	return n
}

//go:noinline
func walk(n *node, depth int) int {
	var scratch [96]byte
	scratch[depth%96] = byte(depth)
	if n == nil {
		return int(scratch[depth%96])
	}
	return walk(n.left, depth+1) + walk(n.right, depth+1) + int(scratch[(depth+1)%96])
}

//go:noinline
func descend(depth int) int {
	var frame [200]byte
	frame[depth%200] = 1
	if depth == 0 {
		return int(frame[7])
	}
	return descend(depth-1) + int(frame[depth%200])
}

func main() {
	total := 0
	for round := 0; round < 12; round++ {
		var done sync.WaitGroup
		open := make(chan struct{})
		for i := 0; i < 40+10*(round%4); i++ {
			done.Add(1)
			go func() {
				defer done.Done()
				var root *node
				for key := 0; key < (i%7)*8; key++ {
					root = insert(root, key)
				}
				n := walk(root, 0) + descend(5*(i%23))
				<-open
				total += n + descend(i%11)
			}()
		}
		runtime.Gosched()
		if round%2 == 0 {
			runtime.GC()
		}
		if round%3 == 0 {
			runtime.GC()
		}
		close(open)
		done.Wait()
	}
	if total < 0 {
		panic(total)
	}
}
