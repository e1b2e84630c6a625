// Turns: goroutines of many kinds on one P (two for turns_two_ps: there GOMAXPROCS is 2). GOMEMLAB_TRACE names the file for the execution trace.
//
// Many start at once, two play ping-pong, a few share a mutex, some yield, some sleep, one computes for longer than a
// time slice, and one hands work to three through a channel with room.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"sync"
	"time"
)

var sink int

func crowd(n int) {
	var done sync.WaitGroup
	for range n {
		done.Add(1)
		go func() { sink++; done.Done() }()
	}
	done.Wait()
}

func pingPong(rounds int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for i := range ping {
			pong <- i
		}
		close(pong)
	}()
	for i := range rounds {
		ping <- i
		<-pong
	}
	close(ping)
}

func yields(n, times int) {
	var done sync.WaitGroup
	for i := range n {
		done.Add(1)
		go func() {
			for range times + i {
				runtime.Gosched()
			}
			done.Done()
		}()
	}
	done.Wait()
}

func mutex(n, times int) {
	var mu sync.Mutex
	var done sync.WaitGroup
	for range n {
		done.Add(1)
		go func() {
			for range times {
				mu.Lock()
				runtime.Gosched()
				sink++
				mu.Unlock()
			}
			done.Done()
		}()
	}
	done.Wait()
}

func workers(n, items int) {
	work, done := make(chan int, 8), make(chan int)
	for range n {
		go func() {
			sum := 0
			for i := range work {
				sum += i
			}
			done <- sum
		}()
	}
	for i := range items {
		work <- i
	}
	close(work)
	for range n {
		sink += <-done
	}
}

func sleepers(n int) {
	var done sync.WaitGroup
	for i := range n {
		done.Add(1)
		go func() {
			time.Sleep(time.Duration(1+i%3) * time.Millisecond)
			done.Done()
		}()
	}
	done.Wait()
}

func longOnes() {
	var done sync.WaitGroup
	for range 3 {
		done.Add(1)
		go func() {
			for begin := time.Now(); time.Since(begin) < 35*time.Millisecond; {
				sink++
			}
			done.Done()
		}()
	}
	done.Wait()
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	file, err := os.Create(os.Getenv("GOMEMLAB_TRACE"))
	if err != nil {
		panic(err)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	crowd(300)
	pingPong(100)
	yields(5, 60)
	mutex(4, 10)
	workers(3, 100)
	sleepers(12)
	longOnes()
	trace.Stop()
	file.Close()
}
