package store

// Grain is how coarse a row of usage is: how much time it sums.
type Grain string

// The grains. Days and months are of UTC.
const (
	Hour  Grain = "hour"
	Day   Grain = "day"
	Month Grain = "month"
)
