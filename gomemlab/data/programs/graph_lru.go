// A cache that throws out what was not used for longest: a hash table whose entries lie on a ring, with values of many sizes.
package main

import "gomemlab/graph"

const (
	buckets  = 200
	capacity = 300 // entries
)

type entry struct {
	newer, older *entry // on the ring
	chain        *entry // in the bucket
	key          uint64
	value        []byte
	tags         *tags
}

type tags struct {
	owner *entry
	next  *tags
	bits  uint64
}

type cache struct {
	table []*entry
	ring  *entry // its older one is the newest entry, its newer one the oldest
	count int
	hits  int
}

var (
	entries = graph.TypeOf[entry]()
	labels  = graph.TypeOf[tags]()
	caches  = graph.TypeOf[cache]()

	users graph.Root[cache]
	pages graph.Root[cache]
	last  graph.Root[entry] // the one that was thrown out last

	seed = uint64(1965)
)

func random(n int) int {
	seed = seed*6364136223846793005 + 1442695040888963407
	return int(seed>>33) % n
}

func newCache() *cache {
	c := caches.New()
	graph.SetSlice(c, &c.table, graph.Pointers[entry](buckets))
	ring := entries.New()
	graph.Set(ring, &ring.newer, ring)
	graph.Set(ring, &ring.older, ring)
	graph.Set(c, &c.ring, ring)
	return c
}

func unlink(e *entry) {
	graph.Set(e.newer, &e.newer.older, e.older)
	graph.Set(e.older, &e.older.newer, e.newer)
}

func linkNewest(c *cache, e *entry) {
	newest := c.ring.older
	graph.Set(e, &e.older, newest)
	graph.Set(e, &e.newer, c.ring)
	graph.Set(newest, &newest.newer, e)
	graph.Set(c.ring, &c.ring.older, e)
}

func find(c *cache, key uint64) *entry {
	for e := c.table[key%buckets]; e != nil; e = e.chain {
		if e.key == key {
			return e
		}
	}
	return nil
}

// evict takes the oldest entry out of the ring and its bucket. Its own pointers stay as they are.
func evict(c *cache) {
	oldest := c.ring.newer
	unlink(oldest)
	at := int(oldest.key % buckets)
	if c.table[at] == oldest {
		graph.SetElement(c.table, at, oldest.chain)
	} else {
		e := c.table[at]
		for e.chain != oldest {
			e = e.chain
		}
		graph.Set(e, &e.chain, oldest.chain)
	}
	last.Set(oldest)
	c.count--
}

func size() int {
	switch random(100) {
	case 0:
		return 33_000 + random(40_000)
	case 1, 2, 3:
		return 2_000 + random(20_000)
	default:
		return 16 + random(500)
	}
}

// use asks a cache for a key and puts it in where it is not there.
func use(c *cache, key uint64) {
	if e := find(c, key); e != nil {
		c.hits++
		unlink(e)
		linkNewest(c, e)
		if c.hits%7 == 0 {
			graph.SetSlice(e, &e.value, graph.Bytes(size())) // a new value
		}
		return
	}
	e := entries.New()
	e.key = key
	graph.SetSlice(e, &e.value, graph.Bytes(size()))
	for range random(3) {
		t := labels.New()
		graph.Set(t, &t.owner, e)
		graph.Set(t, &t.next, e.tags)
		graph.Set(e, &e.tags, t)
	}
	at := int(key % buckets)
	graph.Set(e, &e.chain, c.table[at])
	graph.SetElement(c.table, at, e)
	linkNewest(c, e)
	if c.count++; c.count > capacity {
		evict(c)
	}
}

//go:noinline
func serve(hour int) {
	if hour == 0 {
		users.Set(newCache())
	}
	if hour%3 == 0 {
		pages.Set(newCache()) // the old one is dropped with all its entries
	}
	for range 250 {
		use(users.Get(), uint64(random(450)))
		use(pages.Get(), uint64(random(2_000)))
	}
	if hour == 4 {
		last.Set(nil)
	}
}

func main() {
	for hour := range 7 {
		serve(hour)
		graph.Collect()
	}
}
