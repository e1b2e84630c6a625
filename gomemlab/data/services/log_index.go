// Log lines are parsed, indexed by word and kept in segments; the oldest segment goes when there are too many.
package main

import (
	"bufio"
	"bytes"
	"math/rand"
	"strconv"
	"strings"
	"sync"
)

type posting struct{ line, position int32 }

type segment struct {
	lines []string
	words map[string][]posting
}

var levels = []string{"DEBUG", "INFO", "WARN", "ERROR"}

func write(random *rand.Rand, lines int) []byte {
	var out bytes.Buffer
	for range lines {
		out.WriteString("2026-11-21T10:" + strconv.Itoa(random.Intn(60)) + " " + levels[random.Intn(4)] + " ")
		for range 6 + random.Intn(10) {
			out.WriteString("w" + strconv.Itoa(int(random.ExpFloat64()*300)) + " ")
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func index(text []byte) *segment {
	s := &segment{words: map[string][]posting{}}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		line := scanner.Text()
		for at, word := range strings.Fields(line) {
			s.words[word] = append(s.words[word], posting{int32(len(s.lines)), int32(at)})
		}
		s.lines = append(s.lines, line)
	}
	return s
}

func main() {
	defer report()
	texts := make(chan []byte, 4)
	segments := make(chan *segment, 4)
	var workers sync.WaitGroup
	for range 2 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for text := range texts {
				segments <- index(text)
			}
		}()
	}
	go func() {
		random := rand.New(rand.NewSource(8))
		for range 520 {
			texts <- write(random, 1000+random.Intn(3000))
		}
		close(texts)
		workers.Wait()
		close(segments)
	}()
	var kept []*segment
	for s := range segments {
		if kept = append(kept, s); len(kept) > 24 {
			kept = append([]*segment(nil), kept[1:]...)
		}
		for _, old := range kept {
			served.Add(int64(len(old.words["w7"])))
		}
	}
}
