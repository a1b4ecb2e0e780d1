package main

import (
	"context"
	"runtime"
	"testing"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// engine measures what policies cost before the first decision: how fast they are
// read, compiled and indexed, and what they hold of memory.
func engine(context.Context) ([]Figure, error) {
	const n = 1_000
	var texts [][]byte
	for _, p := range compile(statements(n, ""), true) {
		text, err := p.Document.MarshalJSON()
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if err := index(texts); err != nil {
		return nil, err
	}
	read := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			index(texts) //nolint:errcheck // it was tried above
		}
	})
	doc := statements(n, "")
	compiled := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			eval.NewSet(compile(doc, false)...)
		}
	})
	return []Figure{
		{Name: "engine.compile", Value: n / perOp(compiled) * 1e9, Unit: "statements/s", Target: AtLeast(50_000), Note: "compiled and indexed, from documents that were read"},
		{Name: "engine.read", Value: n / perOp(read) * 1e9, Unit: "statements/s", Target: AtLeast(50_000), Note: "from text, a policy for each statement"},
		{Name: "engine.memory", Value: bytesPerStatement(), Unit: "B/statement", Target: AtMost(1024), Note: "compiled and indexed, beside the document"},
	}, nil
}

// index reads, compiles and indexes policies.
func index(texts [][]byte) error {
	var policies []*eval.Policy
	for _, text := range texts {
		doc, err := policy.Parse(text)
		if err != nil {
			return err
		}
		policies = append(policies, eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity}))
	}
	eval.NewSet(policies...)
	return nil
}

// bytesPerStatement is what the heap keeps of a set of 10,000 statements.
func bytesPerStatement() float64 {
	const n = 10_000
	doc := statements(n, "")
	before := liveBytes()
	set := eval.NewSet(compile(doc, false)...)
	after := liveBytes()
	runtime.KeepAlive(set)
	runtime.KeepAlive(doc)
	return float64(after-before) / n
}

// liveBytes is what the heap holds after a collection.
func liveBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
