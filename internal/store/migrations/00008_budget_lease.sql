-- +goose Up
-- How limits are divided among the nodes that share the database: what each may
-- use of a bucket of a budget, in the limit's unit. All that is granted in the
-- buckets that count stays within the limit; who grants holds the row of
-- budget_division. stamp rises with each change that a node makes, so that one
-- which comes late changes nothing. start is in seconds since 1970, 0 of a total.

CREATE TABLE budget_division (
    account  text   NOT NULL,
    budget   text   NOT NULL,
    instance text   NOT NULL,
    changes  bigint NOT NULL,
    PRIMARY KEY (account, budget, instance)
);

CREATE TABLE budget_lease (
    account  text   NOT NULL,
    budget   text   NOT NULL,
    instance text   NOT NULL,
    unit     text   NOT NULL,
    start    bigint NOT NULL,
    node     text   NOT NULL,
    granted  bigint NOT NULL,
    stamp    bigint NOT NULL,
    PRIMARY KEY (account, budget, instance, unit, start, node)
);
CREATE INDEX budget_lease_by_node ON budget_lease (node);

-- +goose Down
DROP TABLE budget_lease;
DROP TABLE budget_division;
