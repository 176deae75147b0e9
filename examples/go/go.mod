module examples

go 1.19

require vrec v0.0.0

replace vrec => ../../bindings/go
