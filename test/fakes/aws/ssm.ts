/** The Parameter Store of SSM: plain texts and ids of images, by name. */
import { AwsError } from './wire/aws-error.ts';
import { jsonService } from './wire/json-service.ts';

export const ssm = jsonService('AmazonSSM', {
  PutParameter: ({ world }, { account, region }, input) => {
    const { Name = '', Value = '', Type, DataType = 'text', Overwrite = false } = input;
    if (Type !== 'String') throw new AwsError('ValidationException', `The fake has no parameters of the type ${Type}`);
    if (!/^\/?[\w.-]+(\/[\w.-]+)*$/.test(String(Name)) || /^\/?(aws|ssm)/i.test(String(Name)))
      throw new AwsError('ValidationException', `Parameter name: ${Name} is not valid`);
    const isImage = String(Value) in world.images;
    if (DataType === 'aws:ec2:image' && !isImage) throw new AwsError('ValidationException', `Invalid value: ${Value}`);
    const place = `${account} ${region} ${Name}`;
    if (place in world.parameters && Overwrite !== true)
      throw new AwsError('ParameterAlreadyExists', 'The parameter already exists.');
    world.parameters[place] = String(Value);
    return { Version: 1, Tier: 'Standard' };
  },
  GetParameters: ({ world }, { account, region }, { Names = [] }) => {
    const named = (Names as readonly string[]).map(Name => ({
      ...{ Name, Type: 'String', DataType: 'aws:ec2:image' },
      Value: world.parameters[`${account} ${region} ${Name}`],
    }));
    return {
      Parameters: named.filter(({ Value }) => Value !== undefined),
      InvalidParameters: named.flatMap(({ Name, Value }) => (Value === undefined ? [Name] : [])),
    };
  },
});
