// Three pools and one goroutine that gets, keeps, puts back and collects as a seeded generator says.
// Every Get and Put is logged in the trace itself, with the number of the item.
package main

import (
	"context"
	"runtime"
	"runtime/trace"
	"strconv"
	"sync"
)

const steps = 700

type node struct {
	number int
	next   *node
	rest   [6]uint64
}

type block struct {
	number int
	rest   [24]uint64
}

var (
	background = context.Background()
	names      [2000]string // numbers in words, made before the trace begins
	made       int

	nodes  = sync.Pool{New: func() any { made++; trace.Log(background, "new nodes", names[made]); return &node{number: made} }}
	blocks = sync.Pool{New: func() any { made++; trace.Log(background, "new blocks", names[made]); return &block{number: made} }}
	slices sync.Pool // of []byte, so that each Put boxes a header

	nodesOut  [400]*node
	blocksOut [400]*block
	slicesOut [400][]byte
	out       [3]int

	seed = uint32(27)
)

func init() {
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
}

func next(n uint32) int {
	seed = seed*1664525 + 1013904223
	return int((seed >> 8) % n)
}

func get(pool int) {
	at := out[pool]
	if at == 400 {
		return
	}
	out[pool]++
	switch pool {
	case 0:
		trace.Log(background, "get nodes", "")
		nodesOut[at] = nodes.Get().(*node)
		trace.Log(background, "got nodes", names[nodesOut[at].number])
	case 1:
		trace.Log(background, "get blocks", "")
		blocksOut[at] = blocks.Get().(*block)
		trace.Log(background, "got blocks", names[blocksOut[at].number])
	case 2:
		trace.Log(background, "get slices", "")
		if found, ok := slices.Get().([]byte); ok {
			slicesOut[at] = found
		} else {
			made++
			slicesOut[at] = make([]byte, 700)
			slicesOut[at][0], slicesOut[at][1] = byte(made), byte(made>>8)
		}
		trace.Log(background, "got slices", names[int(slicesOut[at][0])+int(slicesOut[at][1])<<8])
	}
}

func put(pool int) {
	if out[pool] == 0 {
		return
	}
	out[pool]--
	at := out[pool]
	switch pool {
	case 0:
		trace.Log(background, "put nodes", names[nodesOut[at].number])
		nodes.Put(nodesOut[at])
		nodesOut[at] = nil
	case 1:
		trace.Log(background, "put blocks", names[blocksOut[at].number])
		blocks.Put(blocksOut[at])
		blocksOut[at] = nil
	case 2:
		trace.Log(background, "box slices", names[int(slicesOut[at][0])+int(slicesOut[at][1])<<8])
		slices.Put(slicesOut[at])
		slicesOut[at] = nil
	}
}

func main() {
	for range steps {
		pool, n := next(3), 1+next(8)
		switch what := next(100); {
		case what < 3:
			runtime.GC()
		case what < 6:
			for range 60 {
				get(pool)
			}
			for range 60 {
				put(pool)
			}
		case what < 52:
			for range n {
				get(pool)
			}
		default:
			for range n {
				put(pool)
			}
		}
	}
	println(made, "made")
}
