// Quiet, then a burst: every 60 ms a request builds a large intermediate result from a standing table, and drops it.
package main

import "time"

type row struct {
	id    int
	label string
	cells []*int
}

func build(rows int) []*row {
	result := make([]*row, 0, rows)
	for i := range rows {
		r := &row{id: i, label: string(make([]byte, 40)), cells: make([]*int, 6)}
		for j := range r.cells {
			n := i * j
			r.cells[j] = &n
		}
		result = append(result, r)
	}
	return result
}

func main() {
	defer report()
	table := build(90000)
	tick := time.NewTicker(60 * time.Millisecond)
	for n := 0; n < 45; n++ {
		<-tick.C
		size := 30000
		if n%5 == 0 {
			size = 90000
		}
		answer := build(size)
		table[n] = answer[n]
		served.Add(1)
	}
}
