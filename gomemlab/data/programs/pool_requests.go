// Four goroutines that answer requests with buffers from a pool, as a server does; collections come when the heap says.
// Every Get and Put is logged in the trace itself, with the number of the buffer.
package main

import (
	"context"
	"runtime/trace"
	"strconv"
	"sync"
)

const (
	workers  = 4
	requests = 160 // of each worker
)

type buffer struct {
	number int
	text   []byte
}

type header struct {
	name, value string
	next        *header
}

var (
	background = context.Background()
	names      [2000]string // numbers in words, made before the trace begins
	made       int          // one P, and no goroutine is preempted in New

	buffers = sync.Pool{New: func() any { made++; trace.Log(background, "new buffers", names[made]); return &buffer{number: made} }}
)

func init() {
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
}

func answer(request int) int {
	trace.Log(background, "get buffers", "")
	b := buffers.Get().(*buffer)
	trace.Log(background, "got buffers", names[b.number])
	b.text = b.text[:0]
	var headers *header
	for i := range 3 + request%3 {
		headers = &header{"X-Header", string(names[request%1000][:1]) + "-value", headers}
		for range 40 << (i % 3) {
			b.text = append(b.text, "0123456789abcdef"...)
		}
	}
	scratch := make([]byte, 2048+request%7*1024) // what a handler without a pool leaves behind
	length := len(b.text) + len(scratch)
	for ; headers != nil; headers = headers.next {
		length += len(headers.value)
	}
	trace.Log(background, "put buffers", names[b.number])
	buffers.Put(b)
	return length
}

func main() {
	var group sync.WaitGroup
	var total [workers]int
	for worker := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for request := range requests {
				total[worker] += answer(request)
			}
		}()
	}
	group.Wait()
	println(made, "made", total[0])
}
