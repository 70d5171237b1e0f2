// What an append of a source becomes in its estuaries: made once for each form, shared by all
// copies. An append has a bound in envelopes (model/envelope.h), so that this has one, too.
#pragma once

#include "engine/row.h"
#include "engine/stream.h"
#include "model/envelope.h"
#include "model/estuary.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ds {

class RowCopies {
public:
    // From `at` to `next` in the source.
    RowCopies(std::shared_ptr<Stream const> source, RowPtr row, Offset at, Offset next)
        : source_(std::move(source)),
          row_(std::move(row)),
          at_(at),
          next_(next) {}

    struct Copy {
        CopyForm form;
        Messages messages;
        bool was_given = false; // there is a row that has it
    };

    Row const& row() const { return *row_; }
    bool are_of(Stream const& source, std::int64_t seq) const {
        return source_->id == source.id && row_->seq == seq;
    }
    // Rows of another batch do not count.
    void begin_batch() {
        for (auto& copy : made_)
            copy.was_given = false;
    }

    // Valid until the next one.
    Copy& in(CopyForm form) {
        // No message is larger than all of them.
        if (form.notify_above >= row_->body.size()) form.notify_above = 0;
        for (auto& copy : made_)
            if (copy.form == form) return copy;
        // Whoever thinks up thresholds gets his envelopes made one at a time.
        if (made_.size() >= k_forms_max) made_.pop_back();
        return made_.emplace_back(Copy{form, make(form)});
    }

private:
    static constexpr std::size_t k_forms_max = 8;

    Messages make(CopyForm const& form) const {
        if (form.mode == CopyMode::plain) return {row_->body, row_->count, row_->lengths};
        return enclose({source_->name.stream(), source_->json, row_->body.view(), row_->count,
                        row_->lengths, at_, next_},
                       form.notify_above);
    }

    std::shared_ptr<Stream const> source_;
    RowPtr row_;
    Offset at_;
    Offset next_;
    std::vector<Copy> made_;
};

} // namespace ds
