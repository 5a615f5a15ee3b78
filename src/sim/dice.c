#include "sim/dice.h"

uint64_t
dice_roll(struct dice *d, uint64_t n)
{
	uint64_t z = (d->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (n == 0 ? 0 : (z ^ (z >> 31)) % n);
}

int64_t
dice_between(struct dice *d, int64_t low, int64_t high)
{
	if (high <= low)
		return (low);
	return (low + (int64_t)dice_roll(d, (uint64_t)(high - low) + 1));
}

bool
dice_permille(struct dice *d, unsigned p)
{
	return (p != 0 && dice_roll(d, 1000) < p);
}
