// Few cycles: a job that wakes up ten times a second and makes a report of half a megabyte from a standing table.
package main

import (
	"bytes"
	"fmt"
	"time"
)

type account struct {
	name    string
	balance float64
	history []float64
}

func main() {
	defer report()
	accounts := make([]*account, 30000)
	for i := range accounts {
		accounts[i] = &account{name: fmt.Sprint("account ", i), history: make([]float64, 30)}
	}
	tick := time.NewTicker(100 * time.Millisecond)
	for n := range 28 {
		<-tick.C
		var out bytes.Buffer
		for _, a := range accounts[:12000] {
			fmt.Fprintf(&out, "%s %.2f %d\n", a.name, a.balance, len(a.history))
			a.balance += float64(n)
		}
		served.Add(int64(out.Len()))
	}
}
