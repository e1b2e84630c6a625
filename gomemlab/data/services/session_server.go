// Sessions behind a pool of handlers: requests at a fixed rate, answers encoded with gob, sessions that end after a time.
package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"math/rand"
	"sync"
	"time"
)

type Item struct {
	Name  string
	Price float64
	Tags  []string
}

type Session struct {
	ID    int
	Items []Item
	Seen  map[string]time.Time
}

type request struct {
	ctx     context.Context
	session *Session
	done    chan []byte
}

var encoders = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func handle(requests <-chan request) {
	for r := range requests {
		r.session.Items = append(r.session.Items, Item{Name: fmt.Sprint("item ", len(r.session.Items)), Tags: []string{"a", fmt.Sprint(r.session.ID)}})
		r.session.Seen[fmt.Sprint("page ", len(r.session.Seen))] = time.Now()
		out := encoders.Get().(*bytes.Buffer)
		out.Reset()
		gob.NewEncoder(out).Encode(r.session.Items[max(0, len(r.session.Items)-20):])
		answer := append([]byte(nil), out.Bytes()...)
		encoders.Put(out)
		if r.ctx.Err() == nil {
			r.done <- answer
		}
	}
}

func main() {
	defer report()
	requests := make(chan request)
	var handlers sync.WaitGroup
	for range 8 {
		handlers.Add(1)
		go func() { defer handlers.Done(); handle(requests) }()
	}
	random := rand.New(rand.NewSource(9))
	sessions := map[int]*Session{}
	start := time.Now()
	for n := 0; time.Since(start) < 3*time.Second; n++ {
		if wait := time.Until(start.Add(time.Duration(n) * time.Second / 40000)); wait > time.Millisecond {
			time.Sleep(wait)
		}
		id := random.Intn(9000)
		if sessions[id] == nil || len(sessions[id].Items) > 60 {
			sessions[id] = &Session{ID: id, Seen: map[string]time.Time{}}
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		r := request{ctx, sessions[id], make(chan []byte, 1)}
		requests <- r
		served.Add(int64(len(<-r.done)))
		cancel()
	}
	close(requests)
	handlers.Wait()
}
