package rollup

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/store"
)

// victimEnv names the data folder of a process that counts until it is killed.
const victimEnv = "HARDPAN_ROLLUP_VICTIM"

// TestMain runs the victim in place of the tests.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		beKilled(dir)
	}
	os.Exit(m.Run())
}

// beKilled opens journal and database as a server does, and counts.
func beKilled(dir string) {
	db, err := store.Open(context.Background(), dir+"/hardpan.db")
	if err != nil {
		panic(err)
	}
	j, err := audit.Open(dir, audit.Options{Durability: audit.Process})
	if err != nil {
		panic(err)
	}
	batchOf = 50 // many transactions, so that many are hit
	m, err := Open(context.Background(), Options{DB: db, DataDir: dir, Head: j.Head, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString("counting\n")
	m.Run(context.Background())
}

// A process that is killed while it counts leaves nothing out, and the next one
// counts nothing twice.
func TestKilledWhileCounting(t *testing.T) {
	w := newWorld(t, sqlite(t))
	for range 6000 {
		w.call()
	}
	if err := w.j.Close(); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		victim := exec.CommandContext(t.Context(), os.Args[0])
		victim.Env = append(os.Environ(), victimEnv+"="+w.dir)
		out, err := victim.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(1+w.rand.IntN(80)) * time.Millisecond)
		if err := victim.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = victim.Wait() // killed
	}
	db, err := store.Open(t.Context(), w.dir+"/hardpan.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w.db = db
	w.openJournal()
	m, err := w.open()
	if err != nil {
		t.Fatal(err)
	}
	before := m.Position().Seq
	if before == 0 {
		t.Fatal("the victims counted nothing: the test proves nothing")
	}
	t.Logf("the victims came to record %d of %d", before, w.j.Head().Seq)
	w.run()
	w.check()
}
