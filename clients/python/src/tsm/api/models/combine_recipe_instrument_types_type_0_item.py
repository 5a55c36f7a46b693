from typing import Literal, cast

CombineRecipeInstrumentTypesType0Item = Literal["g", "p", "s"]


def check_combine_recipe_instrument_types_type_0_item(value: object) -> CombineRecipeInstrumentTypesType0Item:
    return cast(CombineRecipeInstrumentTypesType0Item, value)
