package store

import (
	"context"

	"hardpan/internal/identity"
)

func (tx *Tx) putGroup(g *identity.Group) error {
	inline, err := jsonText(g.Inline)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO iam_group (partition, account, id, name, name_key, path, created, inline)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (account, id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
			path = excluded.path, inline = excluded.inline`,
		g.Partition, g.Account, g.ID, g.Name, identity.FoldName(g.Name), g.Path, micros(g.Created), inline)
	if err != nil {
		return err
	}
	return tx.putAttachments(g.Scope, g.ID, g.Attached, "")
}

func (tx *Tx) deleteGroup(id string) (int64, error) {
	if err := tx.deleteAttachments(id); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM iam_group WHERE account = $1 AND id = $2`, tx.account, id)
}

func loadGroups(ctx context.Context, q querier, x extent, out emit) error {
	attached, err := loadAttachments(ctx, q, x)
	if err != nil {
		return err
	}
	return each(ctx, q, "groups", `SELECT partition, account, id, name, path, created, inline
		FROM iam_group`, "id", x,
		func(scan func(...any) error) error {
			g := &identity.Group{}
			var created int64
			var inline string
			err := scan(&g.Partition, &g.Account, &g.ID, &g.Name, &g.Path, &created, &inline)
			if err != nil {
				return err
			}
			if g.Inline, err = fromJSON[identity.InlinePolicy](inline); err != nil {
				return err
			}
			g.Created, g.Attached = fromMicros(created), attached[owned{g.Account, g.ID}].policies
			return out(g)
		})
}
