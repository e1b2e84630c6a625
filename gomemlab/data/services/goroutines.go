// Many goroutines with deep stacks wait for requests; each request allocates a little and answers.
package main

import (
	"sync"
	"time"
)

type request struct {
	body  []byte
	parts [][]byte
	reply chan int
}

//go:noinline
func deep(n int, requests <-chan *request) int {
	var frame [200]byte
	if n > 0 {
		frame[n%200] = byte(n)
		return deep(n-1, requests) + int(frame[(n+1)%200])
	}
	for r := range requests {
		for i := range 16 {
			r.parts = append(r.parts, make([]byte, 200+i*40))
		}
		r.reply <- len(r.parts)
	}
	return 0
}

func main() {
	defer report()
	requests := make(chan *request)
	var wait sync.WaitGroup
	for g := range 2500 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			deep(20+g%80, requests)
		}()
	}
	standing := make([][]byte, 20000)
	for i := range standing {
		standing[i] = make([]byte, 500)
	}
	deadline := time.Now().Add(2500 * time.Millisecond)
	for n := 0; time.Now().Before(deadline); n++ {
		var batch [50]*request
		for i := range batch {
			batch[i] = &request{body: make([]byte, 1000), reply: make(chan int, 1)}
			requests <- batch[i]
		}
		for _, r := range batch {
			<-r.reply
			served.Add(1)
		}
		standing[n%len(standing)] = batch[0].body
		if n%2 == 0 {
			time.Sleep(500 * time.Microsecond)
		}
	}
	close(requests)
	wait.Wait()
}
