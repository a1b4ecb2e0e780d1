package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/audit"
	"hardpan/internal/realtools"
	money "hardpan/internal/usage"
)

// What clients received is in the ledger, once, and nothing is free, however
// suddenly and often the server is killed under them. TestSoakKilledUnderLoad
// kills it two hundred times.
func TestKilledUnderLoad(t *testing.T) { killedUnderLoad(t, 20) }

func killedUnderLoad(t *testing.T, rounds int) {
	t.Run("SQLite", func(t *testing.T) { newKillRun(t).play(rounds) })
	t.Run("PostgreSQL", func(t *testing.T) {
		newKillRun(t, "--database-url", realtools.StartPostgres(t).Database()).play(rounds)
	})
}

const (
	killedModel = "anthropic.claude-3-haiku-20240307-v1:0"
	tightModel  = "anthropic.claude-3-5-haiku-20241022-v1:0"
	tightLimit  = 30 // calls of tightModel, over all rounds
)

// killRun is a server that is killed again and again, and what its clients know.
type killRun struct {
	t     *testing.T
	dir   string
	flags []string

	mu    sync.Mutex
	known []receipt
}

// receipt is a call as its client knows it.
type receipt struct {
	id    string
	whole bool // with the numbers of its usage
	usage types.TokenUsage
}

func newKillRun(t *testing.T, flags ...string) *killRun {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	script := write("script.yaml", "turns: [{text: one two three four five six seven eight nine ten, pause: 2ms}]\n")
	config := write("hardpan.yaml", "builtin: {script: "+script+"}\n")
	return &killRun{t: t, dir: dir, flags: append(flags, "--config", config, "--durability", "process")}
}

func (k *killRun) play(rounds int) {
	for round := range rounds {
		c, kill := startChild(k.t, k.dir, k.flags...)
		if round == 0 {
			k.budget(c, "all", "account", "1000000.00USD")
			k.budget(c, "tight", "model:"+tightModel, fmt.Sprintf("%drequests", tightLimit))
		}
		k.load(c, kill, rand.New(rand.NewPCG(6, uint64(round))))
	}
	c, kill := startChild(k.t, k.dir, k.flags...)
	defer kill()
	k.audit(c)
}

func (k *killRun) budget(c *client, name, scope, limit string) {
	k.t.Helper()
	order := budgetOrder{Name: name, Scope: scope, Limit: limit, Period: "total", Action: "block"}
	if _, err := c.putBudget(k.t.Context(), order); err != nil {
		k.t.Fatal(err)
	}
}

// load has clients call until so many calls were answered, and kills the server
// under those that are under way.
func (k *killRun) load(c *client, kill func(), r *rand.Rand) {
	var dead sync.Once
	die := make(chan struct{})
	left := 5 + r.IntN(60)
	end := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if left--; left <= 0 {
			dead.Do(func() { close(die) })
		}
	}
	config := c.config.Copy()
	config.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	ctx, cancel := context.WithCancel(k.t.Context())
	var clients sync.WaitGroup
	for i := range 8 {
		model := killedModel
		if i == 0 {
			model = tightModel
		}
		// One each: the SDK's client reads two streams at once with one decoder
		// (smithy-go 1.28.8), which the race detector tells.
		runtime := bedrockruntime.NewFromConfig(config)
		clients.Go(func() {
			for ctx.Err() == nil {
				if i%2 == 0 {
					k.converse(ctx, runtime, model)
				} else {
					k.stream(ctx, runtime, model)
				}
				end()
			}
		})
	}
	<-die
	kill()
	cancel()
	clients.Wait()
}

var killedMessages = []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "count"}}}}

func (k *killRun) converse(ctx context.Context, c *bedrockruntime.Client, model string) {
	out, err := c.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: &model, Messages: killedMessages})
	if err != nil {
		return
	}
	id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	k.received(receipt{id, true, *out.Usage})
}

// stream notes a call as soon as any of its answer is there.
func (k *killRun) stream(ctx context.Context, c *bedrockruntime.Client, model string) {
	out, err := c.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: &model, Messages: killedMessages})
	if err != nil {
		return
	}
	id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	r := receipt{id: id}
	events := out.GetStream()
	defer events.Close()
	for event := range events.Events() {
		if m, ok := event.(*types.ConverseStreamOutputMemberMetadata); ok {
			r.whole, r.usage = true, *m.Value.Usage
		}
	}
	k.received(r)
}

func (k *killRun) received(r receipt) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known = append(k.known, r)
}

// audit holds the journal and the budgets against what the clients know.
func (k *killRun) audit(c *client) {
	events, reserved := k.journal()
	for _, r := range k.known {
		e := events[r.id]
		switch {
		case e == nil:
			k.t.Errorf("call %s was received, and is not in the ledger", r.id)
		case r.whole && (e.Tokens.Input != int64(*r.usage.InputTokens) || e.Tokens.Output != int64(*r.usage.OutputTokens)):
			k.t.Errorf("call %s: its client was told of %d and %d tokens, the ledger has %+v", r.id, *r.usage.InputTokens, *r.usage.OutputTokens, e.Tokens)
		case e.Tokens.IsZero() || !e.Priced || e.Cost == 0:
			k.t.Errorf("call %s is free: %+v", r.id, e)
		}
	}
	var nano, tight int64
	recovered := 0
	for id := range reserved {
		e := events[id]
		if e == nil {
			k.t.Errorf("the reservation of call %s was never closed", id)
			continue
		}
		nano += e.Cost
		if e.Recovered {
			recovered++
		}
		if e.UsedModel == tightModel && len(e.Budgets) == 2 {
			tight++
		}
	}
	k.stands(c, "all", money.FormatUSD(nano)+"USD")
	k.stands(c, "tight", fmt.Sprintf("%drequests", tight))
	if tight > tightLimit {
		k.t.Errorf("%d calls on a budget of %d", tight, tightLimit)
	}
	k.sums(c, nano)
	k.t.Logf("%d calls reserved, %d received by clients, %d recovered at their bound, %s charged, %d of %d calls on the tight budget",
		len(reserved), len(k.known), recovered, money.FormatUSD(nano)+" USD", tight, tightLimit)
	if recovered == 0 {
		k.t.Error("no call was cut: the test does too little")
	}
}

// journal is every event that closes a reservation, and every reservation. No
// call may have two.
func (k *killRun) journal() (map[string]*audit.Event, map[string]bool) {
	events, reserved := map[string]*audit.Event{}, map[string]bool{}
	for record, err := range audit.Read(k.dir, 1) {
		if err != nil {
			k.t.Fatal(err)
		}
		if record.Kind() == audit.ReservationRecord {
			r, err := record.Reservation()
			if err != nil || reserved[r.ID] {
				k.t.Fatalf("call %s is reserved twice, or %v", r.ID, err)
			}
			reserved[r.ID] = true
			continue
		}
		e, err := record.Event()
		if err != nil {
			k.t.Fatal(err)
		}
		if events[e.ID] != nil {
			k.t.Errorf("call %s is in the ledger twice", e.ID)
		}
		events[e.ID] = e
	}
	if _, err := audit.Verify(k.dir); err != nil {
		k.t.Error(err)
	}
	return events, reserved
}

func (k *killRun) stands(c *client, name, settled string) {
	k.t.Helper()
	b, err := c.getBudget(k.t.Context(), name)
	if err != nil {
		k.t.Fatal(err)
	}
	if s := b.Standings[0]; s.Settled != settled || s.Closed {
		k.t.Errorf("budget %s: %+v, want %s settled", name, s, settled)
	}
}

// sums holds the usage that is summed in the database against the journal.
func (k *killRun) sums(c *client, nano int64) {
	k.t.Helper()
	var out struct{ Total struct{ NanoUSD int64 } }
	since := time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	if err := c.call(k.t.Context(), http.MethodGet, "/usage", map[string][]string{"since": {since}}, nil, &out); err != nil {
		k.t.Fatal(err)
	}
	if out.Total.NanoUSD != nano {
		k.t.Errorf("usage says %s USD, the journal %s", money.FormatUSD(out.Total.NanoUSD), money.FormatUSD(nano))
	}
}
