-- +goose Up
-- What webhooks are told. id is a hash of what it is about, so that the same is
-- told once; the row stays until expires for that. due is when to try next, 0
-- for never: it was taken, or given up.

CREATE TABLE webhook_delivery (
    account  text    NOT NULL,
    id       text    NOT NULL PRIMARY KEY,
    webhook  text    NOT NULL,
    body     text    NOT NULL,
    created  bigint  NOT NULL,
    expires  bigint  NOT NULL,
    due      bigint  NOT NULL,
    attempts integer NOT NULL,
    failure  text    NOT NULL
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (due);
CREATE INDEX webhook_delivery_expires ON webhook_delivery (expires);

-- +goose Down
DROP TABLE webhook_delivery;
