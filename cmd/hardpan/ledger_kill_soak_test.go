//go:build soak

package main

import "testing"

func TestSoakKilledUnderLoad(t *testing.T) { killedUnderLoad(t, 200) }
