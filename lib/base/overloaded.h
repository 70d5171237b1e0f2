// One function object out of several: a std::visit that handles each alternative where it stands.
//
//     std::visit(Overloaded{[](Admit) { ... }, [](AlreadyHave have) { ... }}, verdict);
#pragma once

namespace ds {

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

} // namespace ds
