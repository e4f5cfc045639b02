#pragma once
#include <functional>
#include <string>
#include <vector>

// fastest returns which of some ways to compute a thing is used for all things
// of a key, such as products of one shape. The first time it measures them with
// run, which computes the thing once, and keeps the choice in a file: another
// process takes the same one, and a run repeats to the last bit. A later way
// must be faster than the first by the margin, such as 1.03. The first way is
// taken without the file, and where the machine is too busy to measure.
int fastest(const std::string &key, const std::vector<std::string> &ways, double margin, const std::function<void(int)> &run);

// Names the file, which is made at the first measurement; "" for none.
void fastest_file(const std::string &path);
