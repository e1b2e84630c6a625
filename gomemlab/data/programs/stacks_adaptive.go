// Five hundred goroutines some 7 KiB deep teach the runtime with how much stack a goroutine begins.
package main

import (
	"runtime"
	"sync"
)

//go:noinline
func deep(n int, wait chan int) int {
	var frame [120]byte
	frame[n%120] = byte(n)
	if n == 0 {
		return <-wait + int(frame[0])
	}
	return deep(n-1, wait) + int(frame[n%120])
}

//go:noinline
func hold(done *sync.WaitGroup, n int) {
	deep(n, closed)
	done.Done()
}

var closed = make(chan int)

func crowd(goroutines, depth int, collect int) {
	var done sync.WaitGroup
	wait := make(chan int)
	for i := 0; i < goroutines; i++ {
		done.Add(1)
		go func() { deep(depth, wait); done.Done() }()
	}
	runtime.Gosched()
	for i := 0; i < collect; i++ {
		runtime.GC()
	}
	close(wait)
	done.Wait()
}

func main() {
	close(closed)
	crowd(50, 3, 0)
	crowd(500, 45, 1)  // begin with 2 KiB, grow to 16 KiB; the collection sees some 7 KiB in use
	crowd(300, 45, 0)  // begin with 16 KiB, and do not grow
	crowd(300, 2, 2)   // little in use: stacks halve, and goroutines begin small again
	crowd(300, 2, 0)
	crowd(20, 20000, 3) // megabytes
	crowd(100, 10, 1)
	var done sync.WaitGroup
	for i := 0; i < 200; i++ {
		done.Add(1)
		go hold(&done, i)
	}
	done.Wait()
}
