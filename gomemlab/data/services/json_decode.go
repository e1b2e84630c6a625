// A service that decodes JSON documents, changes them and encodes them again; the last thousand stay.
package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

type order struct {
	ID       int               `json:"id"`
	Customer string            `json:"customer"`
	Lines    []line            `json:"lines"`
	Notes    map[string]string `json:"notes"`
}

type line struct {
	SKU      string   `json:"sku"`
	Quantity int      `json:"quantity"`
	Price    float64  `json:"price"`
	Tags     []string `json:"tags"`
}

var window [2][500]*order // what was decoded last

func document(id int) []byte {
	o := order{ID: id, Customer: strings.Repeat("c", id%40), Notes: map[string]string{}}
	for i := range 60 {
		o.Lines = append(o.Lines, line{SKU: fmt.Sprintf("sku-%d-%d", id, i), Quantity: i, Price: 1.5 * float64(i), Tags: []string{"a", "bb", fmt.Sprint(i)}})
		o.Notes[fmt.Sprint("note", i%12)] = strings.Repeat("n", i)
	}
	text, _ := json.Marshal(o)
	return text
}

func main() {
	defer report()
	documents := make([][]byte, 64)
	for i := range documents {
		documents[i] = document(i)
	}
	var wait sync.WaitGroup
	for w := range 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			recent := window[w][:]
			for i := range 30000 {
				var o order
				if err := json.Unmarshal(documents[(i+w)%len(documents)], &o); err != nil {
					panic(err)
				}
				o.ID = i
				recent[i%len(recent)] = &o
				if i%4 == 0 {
					json.Marshal(&o)
				}
				served.Add(1)
			}
		}()
	}
	wait.Wait()
}
