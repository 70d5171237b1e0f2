// Waiting for a lane.
#include "engine/chore.h"

#include <future>
#include <utility>

namespace ds {

std::optional<Chore::Outcome> settle(std::function<bool(Chore&)> const& submit, Chore::Work work) {
    auto const promise = std::make_shared<std::promise<Chore::Outcome>>();
    auto outcome = promise->get_future();
    Chore chore{std::move(work), [promise](Chore::Outcome said) { promise->set_value(said); }};
    if (!submit(chore)) return std::nullopt;
    return outcome.get();
}

} // namespace ds
