// Sensors: readings come at a fixed rate into windows, one a device; each second's windows are sorted for percentiles.
package main

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"time"
)

type reading struct {
	at    time.Duration
	value float64
}

type device struct {
	name   string
	window []reading
	alarms []string
}

type summary struct {
	device            string
	least, half, most float64
}

func summarise(d *device) summary {
	values := make([]float64, 0, len(d.window))
	for _, r := range d.window {
		values = append(values, r.value)
	}
	slices.Sort(values)
	return summary{d.name, values[0], values[len(values)/2], values[len(values)-1]}
}

func main() {
	defer report()
	random := rand.New(rand.NewSource(5))
	devices := make([]*device, 1500)
	for i := range devices {
		devices[i] = &device{name: fmt.Sprint("device ", i)}
	}
	var history [][]summary
	start := time.Now()
	for tick := 0; time.Since(start) < 3*time.Second; tick++ {
		for range 900 {
			d := devices[random.Intn(len(devices))]
			r := reading{time.Since(start), math.Sin(float64(tick)/40) + random.NormFloat64()}
			if d.window = append(d.window, r); len(d.window) > 900 {
				d.window = append([]reading(nil), d.window[450:]...)
			}
			if r.value > 3.5 {
				d.alarms = append(d.alarms, fmt.Sprintf("%s: %.2f at %v", d.name, r.value, r.at))
			}
		}
		if tick%25 == 24 {
			row := make([]summary, 0, 300)
			for _, d := range devices[tick/25%5*300:][:300] {
				if len(d.window) > 0 {
					row = append(row, summarise(d))
				}
			}
			if history = append(history, row); len(history) > 40 {
				history = history[1:]
			}
			served.Add(int64(len(row)))
		}
		time.Sleep(time.Until(start.Add(time.Duration(tick+1) * time.Millisecond)))
	}
}
