module outside

go 1.26

require (
	github.com/sugarme/gotch v0.9.1
	xpt v0.0.0
)

replace xpt => ../..
