module example/thumbnail

go 1.19
