// What an append of a source becomes in its estuaries: made once for each form, shared by all
// copies.
#pragma once

#include "engine/row.h"
#include "engine/stream.h"
#include "protocol/envelope.h"
#include "protocol/estuary.h"

#include <cstddef>
#include <vector>

namespace ds {

class Copies {
public:
    // From `at` to `next` in the source.
    Copies(Stream const& source, Row const& row, Offset at, Offset next)
        : source_(source),
          row_(row),
          at_(at),
          next_(next) {}

    struct Copy {
        CopyForm form;
        Messages messages;
        bool was_given = false; // there is a row that has it
    };

    // Valid until the next one.
    Copy& in(CopyForm form) {
        // No message is larger than all of them.
        if (form.notify_above >= row_.body.size()) form.notify_above = 0;
        for (auto& copy : made_)
            if (copy.form == form) return copy;
        // Whoever thinks up thresholds gets his envelopes made one at a time.
        if (made_.size() >= k_forms_max) made_.pop_back();
        return made_.emplace_back(Copy{form, make(form)});
    }

private:
    static constexpr std::size_t k_forms_max = 8;

    Messages make(CopyForm const& form) const {
        if (form.mode == CopyMode::plain) return {row_.body, row_.count, row_.lengths};
        return enclose({source_.name.stream(), source_.json, row_.body.view(), row_.count,
                        row_.lengths, at_, next_},
                       form.notify_above);
    }

    Stream const& source_;
    Row const& row_;
    Offset at_;
    Offset next_;
    std::vector<Copy> made_;
};

} // namespace ds
