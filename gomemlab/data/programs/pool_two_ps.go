// Six goroutines on two Ps: some put more than they get, some get more than they put, so that Ps steal from one another.
// Every Get and Put is logged in the trace itself, with the number of the item.
package main

import (
	"context"
	"runtime"
	"runtime/trace"
	"strconv"
	"sync"
	"sync/atomic"
)

const (
	workers = 6
	steps   = 300 // of each worker
)

type item struct {
	number int
	rest   [7]uint64
}

var (
	background = context.Background()
	names      [3000]string // numbers in words, made before the trace begins
	made       atomic.Int64

	items = sync.Pool{New: func() any { return fresh() }}
)

func init() {
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
}

func fresh() *item {
	return &item{number: int(made.Add(1))}
}

func work(worker int) {
	var mine [steps]*item
	seed, out := uint32(worker*7+1), 0
	next := func(n uint32) int {
		seed = seed*1664525 + 1013904223
		return int((seed >> 8) % n)
	}
	for range steps {
		if next(100) < 20+10*worker {
			trace.Log(background, "get items", "")
			mine[out] = items.Get().(*item)
			trace.Log(background, "got items", names[mine[out].number])
			out++
		} else {
			if out == 0 {
				mine[0], out = fresh(), 1
			}
			out--
			trace.Log(background, "put items", names[mine[out].number])
			items.Put(mine[out])
		}
		for range next(20_000) {
			seed += 2
		}
		if next(30) == 0 {
			runtime.Gosched()
		}
	}
}

func main() {
	var group sync.WaitGroup
	for worker := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			work(worker)
		}()
	}
	group.Wait()
	println(made.Load(), "made")
}
