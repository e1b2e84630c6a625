// A mail queue: messages arrive in tides, wait by priority, and are rendered and sent at a steady pace.
package main

import (
	"bytes"
	"container/heap"
	"fmt"
	"math"
	"math/rand"
	"text/template"
	"time"
)

type message struct {
	priority int
	to       []string
	headers  map[string]string
	body     []byte
}

type queue []*message

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].priority < q[j].priority }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*message)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}

var letter = template.Must(template.New("letter").Parse("Dear {{range .To}}{{.}}, {{end}}\n{{.Body}}\n"))

func arrive(random *rand.Rand, n int) *message {
	m := &message{priority: random.Intn(1000), headers: map[string]string{}, body: make([]byte, 400+random.Intn(4000))}
	for i := range 1 + random.Intn(4) {
		m.to = append(m.to, fmt.Sprintf("user%d.%d@example.org", n, i))
	}
	for i := range 5 {
		m.headers[fmt.Sprint("X-Header-", i)] = fmt.Sprint(n * i)
	}
	return m
}

func main() {
	defer report()
	random := rand.New(rand.NewSource(7))
	waiting := &queue{}
	start := time.Now()
	for n := 0; ; n++ {
		at := time.Since(start)
		if at > 3*time.Second {
			break
		}
		tide := 10 + int(9*math.Sin(at.Seconds()*4))
		for range tide * 4 {
			heap.Push(waiting, arrive(random, n))
		}
		for range min(42, waiting.Len()) {
			m := heap.Pop(waiting).(*message)
			var out bytes.Buffer
			letter.Execute(&out, map[string]any{"To": m.to, "Body": string(m.body[:200])})
			served.Add(int64(out.Len()))
		}
		time.Sleep(time.Until(start.Add(time.Duration(n+1) * 2 * time.Millisecond)))
	}
}
