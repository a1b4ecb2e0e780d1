-- +goose Up
-- Budgets. scope, amount and period are their texts as internal/usage reads
-- them; thresholds is a JSON list of percents.

CREATE TABLE budget (
    partition  text    NOT NULL,
    account    text    NOT NULL REFERENCES account (account),
    id         text    NOT NULL,
    name       text    NOT NULL,
    name_key   text    NOT NULL,
    scope      text    NOT NULL,
    amount     text    NOT NULL,
    period     text    NOT NULL,
    action     text    NOT NULL,
    clamp      boolean NOT NULL,
    thresholds text    NOT NULL,
    notify     text    NOT NULL,
    created    bigint  NOT NULL,
    created_by text    NOT NULL,
    updated    bigint  NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, name_key)
);

-- +goose Down
DROP TABLE budget;
