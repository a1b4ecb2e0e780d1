package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hardpan/internal/identity"
)

// log writes what the transaction changed, so that other nodes can follow. What is
// too much for them to follow one by one is left out: they read the account anew
// where the log has a gap.
func (tx *Tx) log() error {
	if tx.revision%pruneEvery == 0 {
		if err := tx.prune(); err != nil {
			return err
		}
	}
	if len(tx.changes) > maxChanged {
		return nil
	}
	partition := tx.state.Account().Partition
	for seq, c := range tx.changes {
		ref := c.Entity.Ref()
		_, err := tx.exec(`INSERT INTO change (partition, account, revision, seq, kind, id, deleted, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			partition, tx.account, tx.revision, seq, string(ref.Kind), ref.ID, c.Delete, micros(tx.Now))
		if err != nil {
			return fmt.Errorf("logging the change of %s %s: %w", ref.Kind, ref.ID, err)
		}
	}
	return nil
}

// The log of an account holds its last maxChanged revisions, and up to pruneEvery
// more: nobody follows further back. What is older goes, a bounded part at a time.
const (
	pruneEvery = 64
	pruneMost  = 16 * pruneEvery // revisions that go at once; a long log is gone soon
)

// prune drops the beginning of the account's log.
func (tx *Tx) prune() error {
	_, err := tx.exec(`DELETE FROM change WHERE account = $1 AND revision <= $2
		AND revision < (SELECT min(revision) FROM change WHERE account = $1) + $3`, tx.account, tx.revision-maxChanged, pruneMost)
	if err != nil {
		return fmt.Errorf("pruning the change log of account %s: %w", tx.account, err)
	}
	return nil
}

func revisionOf(ctx context.Context, q querier, account string) (int64, error) {
	var revision int64
	err := q.QueryRowContext(ctx, `SELECT revision FROM account WHERE account = $1`, account).Scan(&revision)
	if err != nil {
		return 0, fmt.Errorf("reading the revision of account %s: %w", account, err)
	}
	return revision, nil
}

// reconcile makes an account in the directory agree with the database: after a
// commit whose outcome is unknown, or when another node has written. Nobody
// else may be writing to the account on this node.
func (db *DB) reconcile(ctx context.Context, account string) error {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return fmt.Errorf("reading account %s again: %w", account, err)
	}
	defer func() { _ = tx.Rollback() }()
	revision, err := revisionOf(ctx, tx, account)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the account was to be made, and was not
	}
	if err != nil {
		return err
	}
	return db.catchUp(ctx, tx, account, revision)
}

// catchUp brings an account in the directory to a revision, that of the
// database as q sees it: by what the change log names, or, where the log does
// not reach back, by reading the whole account.
func (db *DB) catchUp(ctx context.Context, q querier, account string, revision int64) error {
	state, ok := db.dir.Account(account)
	if ok && state.Revision() == revision {
		return nil
	}
	if ok && state.Revision() < revision {
		refs, whole, err := changedSince(ctx, q, account, state.Revision(), revision)
		if err != nil {
			return err
		}
		if whole {
			return db.reread(ctx, q, account, revision, refs)
		}
	}
	return db.reload(ctx, q, account, revision)
}

// maxChanged is how many changes are followed one by one; for more, the whole
// account is read.
const maxChanged = 4096

// changedSince returns what the revisions after from, up to to, have changed.
// whole is false if the log does not hold them all, or holds too much.
func changedSince(ctx context.Context, q querier, account string, from, to int64) (refs map[identity.Ref]bool, whole bool, err error) {
	rows, err := q.QueryContext(ctx, `SELECT revision, kind, id FROM change
		WHERE account = $1 AND revision > $2 AND revision <= $3 ORDER BY revision, seq LIMIT $4`, account, from, to, maxChanged+1)
	if err != nil {
		return nil, false, fmt.Errorf("reading the changes of account %s: %w", account, err)
	}
	defer func() { _ = rows.Close() }()
	refs, last, count := map[identity.Ref]bool{}, from, 0
	for whole = true; whole && rows.Next(); count++ {
		var revision int64
		ref := identity.Ref{Account: account}
		if err := rows.Scan(&revision, &ref.Kind, &ref.ID); err != nil {
			return nil, false, fmt.Errorf("reading the changes of account %s: %w", account, err)
		}
		whole = revision <= last+1
		last, refs[ref] = revision, true
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("reading the changes of account %s: %w", account, err)
	}
	return refs, whole && last == to && count <= maxChanged, nil
}

// reread publishes what refs are now. All are deleted before any is put, so
// that names that moved among them do not meet.
func (db *DB) reread(ctx context.Context, q querier, account string, revision int64, refs map[identity.Ref]bool) error {
	var changes []identity.Change
	for ref := range refs {
		if e := named(ref); e != nil {
			changes = append(changes, identity.Delete(e))
		}
	}
	for _, l := range loaders {
		for ref := range refs {
			if ref.Kind != l.kind {
				continue
			}
			err := l.load(ctx, q, extent{account, ref.ID}, func(e identity.Entity) error {
				changes = append(changes, identity.Put(e))
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return db.dir.Apply(account, revision, changes...)
}

// named is an entity that has its name only, which is enough to delete it; nil
// for an account, which is never deleted.
func named(ref identity.Ref) identity.Entity {
	scope := identity.Scope{Account: ref.Account}
	switch ref.Kind {
	case identity.KindUser:
		return &identity.User{Scope: scope, ID: ref.ID}
	case identity.KindGroup:
		return &identity.Group{Scope: scope, ID: ref.ID}
	case identity.KindRole:
		return &identity.Role{Scope: scope, ID: ref.ID}
	case identity.KindPolicy:
		return &identity.ManagedPolicy{Scope: scope, ID: ref.ID}
	case identity.KindAccessKey:
		return &identity.AccessKey{Scope: scope, ID: ref.ID}
	case identity.KindServiceCredential:
		return &identity.ServiceCredential{Scope: scope, ID: ref.ID}
	case identity.KindInferenceConfig:
		return &identity.InferenceConfig{Scope: scope, PrincipalARN: ref.ID}
	case identity.KindInferenceProfile:
		return &identity.InferenceProfile{Scope: scope, ID: ref.ID}
	case identity.KindOIDCProvider:
		return &identity.OIDCProvider{Scope: scope, URL: ref.ID}
	case identity.KindBudget:
		return &identity.Budget{Scope: scope, ID: ref.ID}
	}
	return namedGatewayResource(ref)
}

// reload replaces an account in the directory by what the database has.
func (db *DB) reload(ctx context.Context, q querier, account string, revision int64) error {
	var entities []identity.Entity
	err := loadEntities(ctx, q, extent{account: account}, func(e identity.Entity) error {
		entities = append(entities, e)
		return nil
	})
	if err != nil {
		return err
	}
	return db.dir.Replace(account, revision, entities)
}
