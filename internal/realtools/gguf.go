package realtools

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// The sizes of the tiny model: one head reads 16 of 64 numbers.
const (
	tinyWidth  = 64
	tinyLayers = 2
	tinyHeads  = 4
	tinyInner  = 128
)

// tinyWords are what the tiny model can say.
var tinyWords = strings.Fields("sun rain wind snow river hill sand clay stone moss root leaf bird fox deer dawn noon dusk north south")

// tinyModel makes a model of random weights, always the same, as a GGUF file of
// llama's architecture.
// Source: the format's description in llama.cpp's companion ggml, docs/gguf.md.
func tinyModel() []byte {
	g := &gguf{random: rand.New(rand.NewPCG(7, 7))}
	tokens, scores, kinds := tinyVocabulary()
	g.text("general.architecture", "llama")
	g.text("general.name", "tiny")
	for _, fact := range []struct {
		name string
		n    uint32
	}{
		{"llama.context_length", 2048},
		{"llama.embedding_length", tinyWidth},
		{"llama.block_count", tinyLayers},
		{"llama.feed_forward_length", tinyInner},
		{"llama.attention.head_count", tinyHeads},
		{"llama.attention.head_count_kv", tinyHeads},
		{"llama.rope.dimension_count", tinyWidth / tinyHeads},
		{"llama.vocab_size", uint32(len(tokens))},
		{"tokenizer.ggml.unknown_token_id", 0},
		{"tokenizer.ggml.bos_token_id", 1},
		{"tokenizer.ggml.eos_token_id", 2},
	} {
		g.number(fact.name, ggufUint32, fact.n)
	}
	g.number("llama.attention.layer_norm_rms_epsilon", ggufFloat32, float32(1e-5))
	g.text("tokenizer.ggml.model", "llama")
	g.list("tokenizer.ggml.tokens", ggufString, len(tokens))
	for _, token := range tokens {
		g.string(&g.facts, token)
	}
	g.list("tokenizer.ggml.scores", ggufFloat32, len(scores))
	g.put(&g.facts, scores)
	g.list("tokenizer.ggml.token_type", ggufInt32, len(kinds))
	g.put(&g.facts, kinds)
	g.text("tokenizer.chat_template", "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:")
	g.weights(len(tokens))
	return g.file()
}

// tinyVocabulary has the three tokens that a tokenizer needs, every byte, and the words.
func tinyVocabulary() (tokens []string, scores []float32, kinds []int32) {
	const unknown, control, plain, raw = 2, 3, 1, 6 // kinds, as llama.cpp numbers them
	add := func(token string, score float32, kind int32) {
		tokens, scores, kinds = append(tokens, token), append(scores, score), append(kinds, kind)
	}
	add("<unk>", 0, unknown)
	add("<s>", 0, control)
	add("</s>", 0, control)
	for b := range 256 {
		add(fmt.Sprintf("<0x%02X>", b), 0, raw)
	}
	for i, word := range tinyWords {
		add("▁"+word, -float32(i), plain)
	}
	return tokens, scores, kinds
}

// weights are random, but the last matrix leaves all tokens but the words at zero,
// so that the model speaks in words.
func (g *gguf) weights(vocabulary int) {
	g.tensor("token_embd.weight", g.noise(vocabulary*tinyWidth, 1), tinyWidth, vocabulary)
	g.tensor("output_norm.weight", ones(tinyWidth), tinyWidth)
	output := make([]float32, vocabulary*tinyWidth)
	copy(output[(vocabulary-len(tinyWords))*tinyWidth:], g.noise(len(tinyWords)*tinyWidth, 1))
	g.tensor("output.weight", output, tinyWidth, vocabulary)
	for layer := range tinyLayers {
		block := fmt.Sprintf("blk.%d.", layer)
		for _, name := range []string{"attn_norm", "ffn_norm"} {
			g.tensor(block+name+".weight", ones(tinyWidth), tinyWidth)
		}
		for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output"} {
			g.tensor(block+name+".weight", g.noise(tinyWidth*tinyWidth, 0.3), tinyWidth, tinyWidth)
		}
		for _, name := range []string{"ffn_gate", "ffn_up"} {
			g.tensor(block+name+".weight", g.noise(tinyWidth*tinyInner, 0.3), tinyWidth, tinyInner)
		}
		g.tensor(block+"ffn_down.weight", g.noise(tinyWidth*tinyInner, 0.3), tinyInner, tinyWidth)
	}
}

func (g *gguf) noise(n int, width float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(g.random.NormFloat64() * width)
	}
	return out
}

func ones(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// The kinds of values in a GGUF file that are used here.
const (
	ggufUint32  uint32 = 4
	ggufInt32   uint32 = 5
	ggufFloat32 uint32 = 6
	ggufString  uint32 = 8
	ggufArray   uint32 = 9
)

const ggufAlign = 32 // bytes that the data and each tensor in it begin at a multiple of

// gguf is a file in the making: facts of the model, where its tensors are, the tensors.
type gguf struct {
	random                *rand.Rand
	facts, places, data   bytes.Buffer
	factCount, placeCount uint64
}

func (*gguf) put(to *bytes.Buffer, values ...any) {
	for _, v := range values {
		_ = binary.Write(to, binary.LittleEndian, v) // numbers and slices of them; a buffer takes all
	}
}

func (g *gguf) string(to *bytes.Buffer, s string) {
	g.put(to, uint64(len(s)))
	to.WriteString(s)
}

func (g *gguf) fact(name string, kind uint32) {
	g.factCount++
	g.string(&g.facts, name)
	g.put(&g.facts, kind)
}

func (g *gguf) text(name, value string) {
	g.fact(name, ggufString)
	g.string(&g.facts, value)
}

func (g *gguf) number(name string, kind uint32, value any) {
	g.fact(name, kind)
	g.put(&g.facts, value)
}

// list announces n values of a kind, which the caller puts after it.
func (g *gguf) list(name string, kind uint32, n int) {
	g.fact(name, ggufArray)
	g.put(&g.facts, kind, uint64(n))
}

func (g *gguf) tensor(name string, values []float32, sizes ...int) {
	const float32s = uint32(0) // the tensor kinds have numbers of their own
	g.placeCount++
	g.string(&g.places, name)
	g.put(&g.places, uint32(len(sizes)))
	for _, size := range sizes {
		g.put(&g.places, uint64(size))
	}
	g.put(&g.places, float32s, uint64(g.data.Len()))
	g.put(&g.data, values)
	pad(&g.data)
}

func (g *gguf) file() []byte {
	var out bytes.Buffer
	out.WriteString("GGUF")
	g.put(&out, uint32(3), g.placeCount, g.factCount)
	out.Write(g.facts.Bytes())
	out.Write(g.places.Bytes())
	pad(&out)
	out.Write(g.data.Bytes())
	return out.Bytes()
}

func pad(b *bytes.Buffer) {
	b.Write(make([]byte, (ggufAlign-b.Len()%ggufAlign)%ggufAlign))
}
