package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// querier is a transaction or a pool.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// emit takes one entity on its way out of the database.
type emit func(identity.Entity) error

// extent is how much is read: everything, one account, or one entity in it.
type extent struct{ account, id string }

// all is the extent of everything.
var all extent

// where is the condition that an extent puts on a table whose rows belong to
// the entity that idColumn names.
func (x extent) where(idColumn string) (clause string, args []any) {
	switch {
	case x.account == "":
		return "", nil
	case x.id == "":
		return " WHERE account = $1", []any{x.account}
	}
	return " WHERE account = $1 AND " + idColumn + " = $2", []any{x.account, x.id}
}

// loaders read the entities of an extent, each kind by account and id. What is
// referred to comes before what refers to it.
var loaders = []struct {
	kind identity.Kind
	load func(ctx context.Context, q querier, x extent, out emit) error
}{
	{identity.KindAccount, loadAccounts},
	{identity.KindPolicy, loadPolicies},
	{identity.KindGroup, loadGroups},
	{identity.KindUser, loadUsers},
	{identity.KindRole, loadRoles},
	{identity.KindAccessKey, loadAccessKeys},
	{identity.KindServiceCredential, loadCredentials},
	{identity.KindInferenceConfig, loadInferenceConfigs},
	{identity.KindInferenceProfile, loadInferenceProfiles},
	{identity.KindOIDCProvider, loadOIDCProviders},
	{identity.KindBudget, loadBudgets},
	{gateway.KindEngine, loadGatewayResources(gateway.KindEngine)},
	{gateway.KindPolicy, loadGatewayResources(gateway.KindPolicy)},
	{gateway.KindGateway, loadGatewayResources(gateway.KindGateway)},
	{gateway.KindTarget, loadGatewayResources(gateway.KindTarget)},
	{gateway.KindProvider, loadGatewayResources(gateway.KindProvider)},
	{gateway.KindResourcePolicy, loadGatewayResources(gateway.KindResourcePolicy)},
}

func loadEntities(ctx context.Context, q querier, x extent, out emit) error {
	for _, l := range loaders {
		if err := l.load(ctx, q, x, out); err != nil {
			return err
		}
	}
	return nil
}

// loadBatch is how many entities are published at once while loading.
const loadBatch = 4096

// load streams everything into the directory, as of one moment.
func (db *DB) load(ctx context.Context) error {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return fmt.Errorf("beginning to load: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	revisions, err := loadRevisions(ctx, tx)
	if err != nil {
		return err
	}
	var batch []identity.Change
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		account := batch[0].Entity.Ref().Account
		err := db.dir.Apply(account, revisions[account], batch...)
		batch = batch[:0]
		return err
	}
	err = loadEntities(ctx, tx, all, func(e identity.Entity) error {
		if len(batch) == loadBatch || len(batch) > 0 && batch[0].Entity.Ref().Account != e.Ref().Account {
			if err := flush(); err != nil {
				return err
			}
		}
		batch = append(batch, identity.Put(e))
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// each runs a query without its condition for an extent, and calls row for each
// row, by account and id.
func each(ctx context.Context, q querier, what, query, idColumn string, x extent, row func(scan func(...any) error) error) error {
	clause, args := x.where(idColumn)
	rows, err := q.QueryContext(ctx, query+clause+" ORDER BY account, "+idColumn, args...)
	if err != nil {
		return fmt.Errorf("loading %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("loading %s: %w", what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("loading %s: %w", what, err)
	}
	return nil
}

// owned names something within an account while rows are put together.
type owned struct{ account, id string }

// micros is how a time is stored; 0 is no time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// jsonText stores a list as JSON text; an empty one is "[]".
func jsonText[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

func fromJSON[T any](text string) (list []T, err error) {
	if text == "[]" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("a stored list is not JSON: %w", err)
	}
	return list, nil
}
