package store

import (
	"context"
	"database/sql"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// gatewayTables names the table of each kind of internal/gateway's resources.
// All have the same columns.
var gatewayTables = map[identity.Kind]string{
	gateway.KindGateway:        "gateway",
	gateway.KindTarget:         "gateway_target",
	gateway.KindEngine:         "policy_engine",
	gateway.KindPolicy:         "engine_policy",
	gateway.KindProvider:       "credential_provider",
	gateway.KindResourcePolicy: "resource_policy",
}

const gatewayColumns = `partition, account, id, region, within, name, state, token, created, updated, tags, content`

func (tx *Tx) putGatewayResource(r gateway.Resource) error {
	m := r.Common()
	tags, err := jsonText(m.Tags)
	if err != nil {
		return err
	}
	content, err := r.Content()
	if err != nil {
		return err
	}
	table := gatewayTables[r.Ref().Kind]
	return tx.exclusively(r.Ref(), `INSERT INTO `+table+` (`+gatewayColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET partition = excluded.partition, region = excluded.region,
			within = excluded.within, name = excluded.name, state = excluded.state, token = excluded.token,
			created = excluded.created, updated = excluded.updated, tags = excluded.tags, content = excluded.content
		WHERE `+table+`.account = excluded.account`,
		m.Partition, m.Account, m.ID, m.Region, m.Within, m.Name, m.State, optional(m.Token),
		micros(m.Created), micros(m.Updated), tags, content)
}

func (tx *Tx) deleteGatewayResource(ref identity.Ref) (int64, error) {
	return tx.exec(`DELETE FROM `+gatewayTables[ref.Kind]+` WHERE account = $1 AND id = $2`, tx.account, ref.ID)
}

// loadGatewayResources returns the loader of one kind.
func loadGatewayResources(kind identity.Kind) func(context.Context, querier, extent, emit) error {
	return func(ctx context.Context, q querier, x extent, out emit) error {
		query := `SELECT ` + gatewayColumns + ` FROM ` + gatewayTables[kind]
		return each(ctx, q, gatewayTables[kind], query, "id", x, func(scan func(...any) error) error {
			var m gateway.Meta
			var token sql.NullString
			var created, updated int64
			var tags, content string
			err := scan(&m.Partition, &m.Account, &m.ID, &m.Region, &m.Within, &m.Name, &m.State, &token,
				&created, &updated, &tags, &content)
			if err != nil {
				return err
			}
			if m.Tags, err = fromJSON[identity.Tag](tags); err != nil {
				return err
			}
			m.Token, m.Created, m.Updated = token.String, fromMicros(created), fromMicros(updated)
			r, err := gateway.Restore(kind, m, content)
			if err != nil {
				return err
			}
			return out(r)
		})
	}
}

// namedGatewayResource is one that has its name only; nil if the kind is another.
func namedGatewayResource(ref identity.Ref) identity.Entity {
	r := gateway.Empty(ref.Kind)
	if r == nil {
		return nil
	}
	r.Common().Account, r.Common().ID = ref.Account, ref.ID
	return r
}
