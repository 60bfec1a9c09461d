import { ref, TerraformElement, TerraformStack, TerraformVariable, Token } from 'cdktf';
import type { Node } from 'constructs';
import { type Input, type Inputs, ruleMessage, snakeCase } from '../values/inputs.ts';

/** A stack whose settings are variables and whose addresses are the paths of its constructs, without hashes. */
export class ModuleStack extends TerraformStack {
  /** A variable for every input, as the value of the property of that name. */
  variables(inputs: Inputs): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, this.variable(snakeCase(name), input)]),
    );
  }

  private variable(name: string, input: Input): unknown {
    const { description, fallback, rule } = input;
    const variable = new TerraformVariable(this, `variable-${name}`, {
      type: input.type,
      description,
      ...(fallback === undefined ? {} : { default: fallback ?? Token.nullValue() }),
      ...(fallback === null ? {} : { nullable: false }),
    });
    variable.overrideLogicalId(name);
    if (rule !== undefined) {
      variable.addValidation({
        condition: Token.asAny(ref(rule.condition(`var.${name}`))),
        errorMessage: ruleMessage(name, input, rule),
      });
    }
    return valueOf(variable, input.type);
  }

  /** `main/dead-letters/queue` is `dead_letters_queue`. */
  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = TerraformElement.isTerraformElement(element) ? element.node : element;
    const path = node.scopes.map((scope) => scope.node.id).slice(2);
    return (path.length > 1 ? path.slice(1) : path).join('_').replaceAll('-', '_');
  }
}

function valueOf(variable: TerraformVariable, type: Input['type']): unknown {
  switch (type) {
    case 'string':
      return variable.stringValue;
    case 'number':
      return variable.numberValue;
    case 'bool':
      return variable.booleanValue;
    case 'list(string)':
      return variable.listValue;
    case 'map(string)':
      return Token.asStringMap(variable.value);
  }
}
