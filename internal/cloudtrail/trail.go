package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"hardpan/internal/audit"
)

// Trail writes a journal into files, one an hour of UTC: a record a line. A file
// whose hour is over is compressed. What a crash leaves half written is cut off
// at the next start and written again, so every call is there once.
type Trail struct {
	// Wrote, unless it is nil, is called when the records of all events that were
	// read are in the files.
	Wrote func()

	dir     string
	kind    string // what the files are named after
	journal string // data folder
	record  func(*audit.Event) any
	log     *slog.Logger

	from    *audit.Follower // nil: to be opened at at
	at      position
	written atomic.Uint64 // at.Seq, for others to read
}

// position is how far the journal has been written, kept in the trail's folder.
type position struct {
	Node string `json:"node"` // name of the journal
	Seq  uint64 `json:"seq"`  // of its last record
	File string `json:"file"` // the last file, "" before the first
	Size int64  `json:"size"` // of it
}

const (
	positionFile = "position.json"
	hourLayout   = "2006-01-02T15Z"
	maxBatch     = 4 << 20 // bytes that are written at once
	pause        = time.Second
)

// Open prepares a trail in the folder dir, whose files are named after kind, of
// the journal in the data folder journal, which is open in this process. record
// makes of a call what is written of it, nil: nothing.
func Open(dir, kind, journal string, record func(*audit.Event) any, log *slog.Logger) (*Trail, error) {
	t := &Trail{dir: dir, kind: kind, journal: journal, record: record, log: log}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the %s files: %w", kind, err)
	}
	node, err := audit.Node(journal)
	if err != nil {
		return nil, err
	}
	if err := t.load(); err != nil {
		return nil, err
	}
	if t.at.Node != node { // another journal goes on in the same files
		t.at.Node, t.at.Seq = node, 0
	}
	if t.at.File != "" {
		err := os.Truncate(t.path(t.at.File), t.at.Size)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("cutting what a crash left half written: %w", err)
		}
	}
	t.written.Store(t.at.Seq)
	return t, nil
}

func (t *Trail) path(name string) string { return filepath.Join(t.dir, name) }

func (t *Trail) load() error {
	text, err := os.ReadFile(t.path(positionFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &t.at)
	}
	if err != nil {
		return fmt.Errorf("reading how far the %s files go: %w; restore %s, or name another folder in hardpan.yaml to write them anew", t.kind, err, t.path(positionFile))
	}
	return nil
}

// Written is the last record of the journal that is in the files: those behind
// it must not be removed.
func (t *Trail) Written() uint64 { return t.written.Load() }

// Run writes until ctx ends, and then what is left. A disk that is full is tried
// again; it stops no call.
func (t *Trail) Run(ctx context.Context) {
	defer t.Close()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	said := false
	for running := true; running; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			running = false
		}
		err := t.CatchUp()
		if err != nil && !said {
			t.log.Error("calls are not written to the files of one kind; the journal has them, and it is tried again", "kind", t.kind, "folder", t.dir, "error", err)
		}
		said = err != nil
	}
}

// CatchUp writes what the journal holds by now.
func (t *Trail) CatchUp() error {
	if t.from == nil {
		t.from = audit.Follow(t.journal, t.at.Seq)
	}
	for {
		more, err := t.batch()
		if err != nil {
			t.Close()
		} else if t.Wrote != nil {
			t.Wrote()
		}
		if err != nil || !more {
			return err
		}
	}
}

// Close frees the journal's file.
func (t *Trail) Close() {
	if t.from != nil {
		t.from.Close()
		t.from = nil
	}
}

// batch writes the next records of one hour, and reports whether there may be
// more.
func (t *Trail) batch() (more bool, err error) {
	next, lines := t.at, new(bytes.Buffer)
	for lines.Len() < maxBatch {
		rec, err := t.from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		if rec.Kind() == audit.EventRecord {
			if next, err = t.add(lines, next, rec); err != nil {
				return false, err
			}
		}
		next.Seq, more = rec.Seq, true
	}
	switch {
	case !more:
		return false, nil
	case lines.Len() == 0:
		return true, t.move(next)
	}
	return true, t.write(lines.Bytes(), next)
}

// add puts the line of an event behind lines that go into the file of next; if
// it goes into another one, those lines are written first.
func (t *Trail) add(lines *bytes.Buffer, next position, rec *audit.Record) (position, error) {
	e, err := rec.Event()
	if err != nil {
		return next, err
	}
	record := t.record(e)
	if record == nil {
		return next, nil
	}
	// The hour never goes back, so that a file that is done is done.
	if name := t.fileOf(e); name > next.File {
		if lines.Len() > 0 {
			if err := t.write(lines.Bytes(), next); err != nil {
				return next, err
			}
			lines.Reset()
		}
		t.compress(next.File)
		next.File, next.Size = name, 0
	}
	if err := json.NewEncoder(lines).Encode(record); err != nil {
		return next, fmt.Errorf("encoding the record of call %s: %w", e.ID, err)
	}
	return next, nil
}

// fileOf is the file of the hour in which a call ended.
func (t *Trail) fileOf(e *audit.Event) string {
	return t.kind + "-" + time.UnixMicro(e.Time+e.Latency).UTC().Format(hourLayout) + ".jsonl"
}

// write adds lines to the file of next, and then notes that they are there.
func (t *Trail) write(lines []byte, next position) error {
	f, err := os.OpenFile(t.path(next.File), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening a file of calls: %w", err)
	}
	_, err = f.WriteAt(lines, next.Size)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing a file of calls: %w", err)
	}
	next.Size += int64(len(lines))
	return t.move(next)
}

// move notes that everything up to next is there.
func (t *Trail) move(next position) error {
	if err := t.note(next); err != nil {
		return err
	}
	t.at = next
	t.written.Store(next.Seq)
	return nil
}

func (t *Trail) note(p position) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("noting how far the files of calls go: %w", err)
	}
	fresh := t.path(positionFile + ".new")
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("noting how far the files of calls go: %w", err)
	}
	if err := os.Rename(fresh, t.path(positionFile)); err != nil {
		return fmt.Errorf("noting how far the files of calls go: %w", err)
	}
	return nil
}

// compress makes name.gz of a file that is done. One that cannot be stays as it
// is: it can be read all the same.
func (t *Trail) compress(name string) {
	if name == "" || !strings.HasSuffix(name, ".jsonl") {
		return
	}
	if err := t.gzip(t.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.log.Warn("a file of calls could not be compressed and stays as it is", "error", err)
	}
}

func (t *Trail) gzip(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	fresh := path + ".gz.new"
	out, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := gzip.NewWriter(out)
	_, err = io.Copy(w, in)
	if err := errors.Join(err, w.Close(), out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	if err := os.Rename(fresh, path+".gz"); err != nil {
		return err
	}
	return os.Remove(path)
}
