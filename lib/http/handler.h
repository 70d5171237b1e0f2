// What stands behind the HTTP sessions of an event loop: whoever answers their requests.
#pragma once

#include "http/exchange.h"
#include "http/request.h"
#include "http/response.h"

#include <cstdint>
#include <optional>

namespace ds::http {

// Which requests of one connection may be worked on at the same time, though they came one behind
// the other. To their client it must look as if each had waited for the answer to the one before.
struct Overlap {
    enum class Kind : std::uint8_t {
        alone,  // with no other: whatever has consequences that others could see
        read,   // with other reads
        change, // with other changes of the same order
    };
    Kind kind = Kind::alone;
    // What keeps changes in the order in which they are handed to it, by a number.
    std::uint32_t order = 0;

    bool may_overlap(Overlap const& other) const {
        return kind != Kind::alone && kind == other.kind && order == other.order;
    }
};

class Handler {
public:
    virtual ~Handler() = default;
    // The head is whole, and the body is still to come: the answer, if no body could change it.
    virtual std::optional<Response> refuse_head(Request const& request) = 0;
    // The most bytes that its body may have.
    virtual std::uint64_t body_limit(Request const& request) = 0;
    virtual Overlap overlap_of(Request const& request) = 0;
    // Answers it, or arranges for its answer.
    virtual void handle(Exchange& exchange) = 0;
    // The answer is known, and is about to go; of one in pieces the last has gone, or the
    // connection has ended in the middle. `bytes`: of the body. What was left with the exchange is
    // still there.
    virtual void on_answer(Exchange const& exchange, int status, std::uint64_t bytes) = 0;
};

} // namespace ds::http
