module vrec

go 1.19
