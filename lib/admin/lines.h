// The lines in which an operation tells how it goes and how it ended, written and read.
//
//     {"progress":{"done":3,"of":12,"what":"orders/7"}}      any number of them
//     {"items":[{..},{..}]}                                  of operations that list something
//     {"result":{..}}                                        last: it is done
//     {"fault":{"kind":"busy","error":".."}}                 or last: it could not be done
//
// Each line is one JSON object without its newline. `kind` is the name of a Fault.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ds {

struct Progressed {
    std::uint64_t done = 0;
    std::uint64_t of = 0; // 0: nobody knows
    std::string what;
};
// JSON documents, as text.
struct Items {
    std::vector<std::string> documents;
};
struct Finished {
    std::string document;
};
using OperationLine = std::variant<Progressed, Items, Finished, Error>;

// Takes one line. False: nobody listens any more, stop.
using LineSink = std::function<bool(std::string_view line)>;

std::string write_line(OperationLine const& line);
// Fault::corrupt for what is no such line.
Result<OperationLine> read_line(std::string_view text);

// What an operation came to.
struct Outcome {
    std::string result;             // a JSON document
    std::vector<std::string> items; // JSON documents
};

// Gathers the lines of one operation.
class Gathering {
public:
    explicit Gathering(std::function<void(Progressed const&)> on_progress)
        : on_progress_(std::move(on_progress)) {}

    // A LineSink. False after a line that is none.
    bool take(std::string_view text);
    // After the last line. The fault that the operation told of, or Fault::io when it told no end.
    Result<Outcome> finish();

private:
    std::function<void(Progressed const&)> on_progress_;
    std::vector<std::string> items_;
    std::optional<Result<std::string>> end_;
};

} // namespace ds
