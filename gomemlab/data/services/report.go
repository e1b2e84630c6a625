// What every service here ends with: one line of exact numbers, read without a collection.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

var (
	began  = time.Now()
	peak   atomic.Uint64 // most bytes in heap objects that the sampler saw
	served atomic.Int64  // requests answered, for services that work for a fixed time
)

func init() {
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			if now := sample[0].Value.Uint64(); now > peak.Load() {
				peak.Store(now)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
}

// report writes the numbers of the whole run to standard output.
func report() {
	names := []string{
		"/cpu/classes/gc/mark/assist:cpu-seconds", "/cpu/classes/gc/mark/dedicated:cpu-seconds",
		"/cpu/classes/gc/mark/idle:cpu-seconds", "/cpu/classes/gc/pause:cpu-seconds",
		"/cpu/classes/gc/total:cpu-seconds", "/cpu/classes/total:cpu-seconds", "/cpu/classes/idle:cpu-seconds",
	}
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	numbers := map[string]any{
		"wall_s": time.Since(began).Seconds(), "num_gc": m.NumGC, "gc_cpu_fraction": m.GCCPUFraction,
		"sampled_peak": max(peak.Load(), m.HeapAlloc), "heap_alloc": m.HeapAlloc, "total_alloc": m.TotalAlloc,
		"mallocs": m.Mallocs, "sys": m.Sys, "heap_sys": m.HeapSys, "stack_inuse": m.StackInuse,
		"pause_total_ns": m.PauseTotalNs, "served": served.Load(), "procs": runtime.GOMAXPROCS(0),
	}
	for i, name := range names {
		numbers[name] = samples[i].Value.Float64()
	}
	json.NewEncoder(os.Stdout).Encode(numbers)
}
