// ProcessGroupGloo.hpp includes gloo's headers, which come with no libtorch though gloo itself is in libtorch_cpu. What it
// names of them is declared in this folder; nothing here is defined, called or has a size or a value that matters.
#pragma once
