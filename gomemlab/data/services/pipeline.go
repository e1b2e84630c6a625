// A pipeline of workers: records are parsed, grouped and folded, with batches waiting between the stages.
package main

import (
	"strconv"
	"strings"
	"sync"
)

type record struct {
	fields []string
	values map[string]int
}

func parse(in <-chan string, out chan<- *record) {
	for text := range in {
		r := &record{fields: strings.Fields(text), values: map[string]int{}}
		for i, field := range r.fields {
			r.values[field] += i
		}
		out <- r
	}
}

func main() {
	defer report()
	texts := make(chan string, 200)
	records := make(chan *record, 4000)
	batches := make(chan []*record, 40)
	var parsers, folders sync.WaitGroup
	for range 3 {
		parsers.Add(1)
		go func() { defer parsers.Done(); parse(texts, records) }()
	}
	go func() { parsers.Wait(); close(records) }()
	go func() {
		var batch []*record
		for r := range records {
			if batch = append(batch, r); len(batch) == 250 {
				batches <- batch
				batch = nil
			}
		}
		close(batches)
	}()
	totals := map[string]int{}
	folders.Add(1)
	go func() {
		defer folders.Done()
		var window [][]*record
		for batch := range batches {
			for _, r := range batch {
				for field, n := range r.values {
					totals[field] += n
				}
				served.Add(1)
			}
			if window = append(window, batch); len(window) > 60 {
				window = window[1:]
			}
		}
	}()
	words := make([]string, 3000)
	for i := range words {
		words[i] = "word" + strconv.Itoa(i)
	}
	for n := range 800000 {
		var text strings.Builder
		for i := range 20 {
			text.WriteString(words[(n*7+i*i)%len(words)])
			text.WriteByte(' ')
		}
		texts <- text.String()
	}
	close(texts)
	folders.Wait()
}
